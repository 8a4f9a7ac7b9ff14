"""What the outbox tells the apps above it, which it does not know."""

from django.dispatch import Signal

moved = Signal()  # messages changed state, or a minute has passed; sent without arguments, so receivers look themselves
bounced = Signal()  # `message` came back for good with the words `diagnostic`: its address is wrong
