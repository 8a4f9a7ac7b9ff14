"""What cities and the people in them look like as tables, out and in."""

from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist
from import_export import fields, widgets

from common.admin import PortalResource

from ..models import City, Contact, NationalNetwork, PolicyArea, Term


class CityResource(PortalResource):
    interests = fields.Field("interests", "interests", widgets.ManyToManyWidget(PolicyArea, ",", "code"))

    class Meta(PortalResource.Meta):
        model = City
        import_id_fields = ["slug"]
        fields = [
            "slug", "name", "other_names", "kind", "country", "region", "latitude", "longitude", "population", "time_zone",
            "languages", "interests", "website", "source", "evidence_note",
        ]  # fmt: skip
        export_order = fields


class ContactResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = Contact
        import_id_fields = ["email", "name"]
        fields = ["email", "name", "salutation", "phone", "language"]
        export_order = fields


class TermResource(PortalResource):
    city = fields.Field("city", "city", widgets.ForeignKeyWidget(City, "slug"))
    network = fields.Field("network", "network", widgets.ForeignKeyWidget(NationalNetwork, "code"))
    contact = fields.Field("contact", "contact_email", widgets.ForeignKeyWidget(Contact, "email"))

    class Meta(PortalResource.Meta):
        model = Term
        import_id_fields = ["office", "city", "network", "started_on", "contact"]
        fields = ["office", "city", "network", "contact", "started_on", "ended_on", "confirmed_on"]
        export_order = fields

    def get_instance(self, instance_loader, row):
        """The term of this row. A key that cannot be read belongs to no term; its column then says what is wrong."""
        try:
            key = {name: self.fields[name].clean(row) for name in self.get_import_id_fields()}
        except (ObjectDoesNotExist, MultipleObjectsReturned, ValueError):
            return None
        return Term.objects.filter(**key).first()
