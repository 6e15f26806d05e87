"""What holds for all tests."""

import signal

# A shell has what it starts in the background ignore Ctrl-C, and so would everything that tests
# start and then interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
