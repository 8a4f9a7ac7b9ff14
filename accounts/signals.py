"""What other apps may listen to."""

from django.dispatch import Signal

# Sent inside the transaction that creates the account. Arguments: user, invitation.
# cities links the contact with the same address to the new user.
invitation_accepted = Signal()
