from ripieno.training.best_weights import BestWeights


class Weights:
    def __init__(self, value):
        self.value = value

    def get_weights(self):
        return [self.value]


def run(losses, patience):
    best = BestWeights(patience)
    for epoch, loss in enumerate(losses, start=1):
        best.update(epoch, loss, Weights(epoch))
        if best.is_final(epoch):
            return best, epoch
    return best, len(losses)


def test_weights_of_the_lowest_loss_are_kept():
    best, _ = run([3.0, 1.0, 2.0], None)

    assert (best.epoch, best.loss, best.weights) == (2, 1.0, [2])


def test_first_of_equal_losses_wins():
    assert run([1.0, 1.0], None)[0].epoch == 1


def test_stops_after_patience_epochs_without_a_lower_loss():
    best, last = run([2.0, 1.0, 1.5, 1.5, 0.5], 2)

    assert (best.epoch, last) == (2, 4)


def test_without_patience_nothing_stops():
    assert run([1.0] + [2.0] * 50, None)[1] == 51
