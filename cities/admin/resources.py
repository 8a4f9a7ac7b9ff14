"""What cities, the people in them and their contributions look like as tables, out and in."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from import_export import fields, widgets

from common.admin import PortalResource
from common.importing import ChoiceWidget, KeyWidget

from ..models import City, Contact, Contribution, NationalNetwork, PolicyArea, Term


class CityResource(PortalResource):
    interests = fields.Field("interests", "interests", widgets.ManyToManyWidget(PolicyArea, ",", "code"))

    class Meta(PortalResource.Meta):
        model = City
        import_id_fields = ["slug"]
        fields = [
            "slug", "name", "other_names", "kind", "country", "region", "latitude", "longitude", "coordinate_basis_en",
            "coordinate_basis_fr", "population", "population_basis_en", "population_basis_fr", "time_zone", "languages",
            "interests", "website", "profile_en", "profile_fr", "source", "evidence_note",
        ]  # fmt: skip
        export_order = fields

    def get_queryset(self):
        return super().get_queryset().prefetch_related("interests")


class ContactResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = Contact
        import_id_fields = ["email", "name"]
        fields = ["email", "name", "salutation", "phone", "language"]
        export_order = fields


class TermResource(PortalResource):
    city = fields.Field("city", "city", KeyWidget(City, "slug"))
    network = fields.Field("network", "network", KeyWidget(NationalNetwork, "code"))
    contact = fields.Field("contact", "contact_email", KeyWidget(Contact, "email"))

    class Meta(PortalResource.Meta):
        model = Term
        import_id_fields = ["office", "city", "network", "started_on", "contact"]
        fields = ["office", "city", "network", "contact", "started_on", "ended_on", "confirmed_on"]
        export_order = fields

    def get_queryset(self):
        return super().get_queryset().select_related("city", "network", "contact")

    def get_instance(self, instance_loader, row):
        """The term of this row. A key that cannot be read belongs to no term; its column then says what is wrong."""
        try:
            return instance_loader.get_instance(row)
        except (City.DoesNotExist, NationalNetwork.DoesNotExist, Contact.DoesNotExist, ValueError):
            return None
        except (Contact.MultipleObjectsReturned, Term.MultipleObjectsReturned):
            return None

    def import_instance(self, instance, row, **kwargs):
        """A table ends no term that runs (invariant G11)."""
        was = Term(started_on=instance.started_on, ended_on=instance.ended_on) if instance.pk else None
        super().import_instance(instance, row, **kwargs)
        if was and was.ends_sooner(instance.ended_on, timezone.localdate()):
            sentence = _(
                "This term runs. End it on its page in the administration, so that the people whom it concerns are told."
            )
            raise ValidationError({"ended_on": sentence})


class ContributionResource(PortalResource):
    city = fields.Field("city", "city", KeyWidget(City, "slug"))
    status = fields.Field("status", "status", ChoiceWidget(Contribution.Status.values))

    class Meta(PortalResource.Meta):
        model = Contribution
        import_id_fields = ["city", "year"]
        fields = ["city", "year", "amount", "due_on", "status", "settled_on", "reason"]
        export_order = fields

    def get_queryset(self):
        return super().get_queryset().select_related("city")

    def get_instance(self, instance_loader, row):
        try:
            return super().get_instance(instance_loader, row)
        except City.DoesNotExist:
            return None  # the column says it

    def after_init_instance(self, instance, new, row, **kwargs):
        self.status_before = "" if new else instance.status

    def before_save_instance(self, instance, row, **kwargs):
        """Who imports what is paid or waived is who entered it."""
        if instance.status != self.status_before:
            instance.settled_by = kwargs.get("user") if instance.settled_on else None
