"""Training Keras members: the loop, its schedules, augmentation and fused normalisation."""
