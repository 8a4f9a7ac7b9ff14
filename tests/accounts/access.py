"""Account pages: the invitation's link is the only way in; the rest belongs to whoever is logged in."""

from datetime import UTC, datetime, timedelta

from accounts.models import Invitation
from accounts.services import SIGNER
from tests.access import Row


def make(world):
    world.invitation = Invitation.objects.create(
        email="new@city.example",
        name="Mayor's Office",
        invited_by=world.users["head"],
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )


OWN = "login  200      200   200     200      200   200"
ELSEWHERE = "login  302      302   302     302      302   302"
MID_LOGIN = "login   302      302   302     302      302   302"

ROWS = {
    #                                      public official other network assessor staff head
    "accounts:preferences": Row(OWN),
    "accounts:accept": Row(
        "200    200      200   200     200      200   200", lambda w: [SIGNER.sign(w.invitation.pk)]
    ),
    "account_login": Row("200    302      302   302     302      302   302"),
    "account_logout": Row("302    200      200   200     200      200   200"),
    "account_inactive": Row("200    200      200   200     200      200   200"),
    "account_signup": Row("200    302      302   302     302      302   302"),
    "account_reauthenticate": Row(OWN),
    "account_email": Row(OWN),
    "account_email_verification_sent": Row("200    200      200   200     200      200   200"),
    "account_change_password": Row(OWN),
    "account_set_password": Row(ELSEWHERE),
    "account_reset_password": Row("200    200      200   200     200      200   200"),
    "account_reset_password_done": Row("200    200      200   200     200      200   200"),
    "account_reset_password_from_key": Row(
        "200    200      200   200     200      200   200", lambda w: ["1", "cut-short"]
    ),
    "account_reset_password_from_key_done": Row("200    200      200   200     200      200   200"),
    "account_confirm_email": Row("200    200      200   200     200      200   200", lambda w: ["cut-short"]),
    "account_confirm_login_code": Row(MID_LOGIN),
    "mfa_index": Row(OWN),
    "mfa_authenticate": Row(MID_LOGIN),
    "mfa_reauthenticate": Row("login  302      302   302     302      200   200"),
    "mfa_activate_totp": Row("login  200      200   200     200      302   302"),
    "mfa_deactivate_totp": Row("login  404      404   404     404      200   200"),
    "mfa_view_recovery_codes": Row("login  404      404   404     404      404   404"),
    "mfa_generate_recovery_codes": Row(OWN),
    "mfa_download_recovery_codes": Row("login  404      404   404     404      404   404"),
    "mfa_list_webauthn": Row(OWN),
    "mfa_add_webauthn": Row(OWN),
    "mfa_edit_webauthn": Row("login  404      404   404     404      404   404", lambda w: [1]),
    "mfa_remove_webauthn": Row("login  404      404   404     404      404   404", lambda w: [1]),
    "mfa_reauthenticate_webauthn": Row("login  302      302   302     302      302   302"),
    "mfa_login_webauthn": Row(MID_LOGIN),
    "usersessions_list": Row(OWN, queries=18),
}
