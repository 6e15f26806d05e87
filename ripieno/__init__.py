"""Everything about an ensemble that is true without an orchestrator."""
