"""Words of the administration that others wrote, gathered so that our catalogue translates them.

Unfold and import-export bring no French for these; a message in our catalogue goes before theirs. Django makes the label
of a field from its name when a model gives none; `translate_labels` lets those of LABELS be translated too.
"""

from django.apps import apps
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

LABELS = {
    _("accepted by"),
    _("activity"),
    _("application"),
    _("approved by"),
    _("call"),
    _("certificate code"),
    _("city"),
    _("contact"),
    _("created at"),
    _("created by"),
    _("description"),
    _("dispatched by"),
    _("granted by"),
    _("invited by"),
    _("is optional"),
    _("language"),
    _("lease until"),
    _("logged by"),
    _("mailing"),
    _("message"),
    _("message id"),
    _("network"),
    _("precision"),
    _("published by"),
    _("registered by"),
    _("report"),
    _("settled by"),
    _("submitted by"),
    _("template"),
    _("user"),
    _("written by"),
}

OTHERS = [
    _("Action"),
    _("Add %(name)s"),
    _("Add another %(model)s"),
    _("All applications"),
    _("Apply Filters"),
    _("Change selected %(model)s"),
    _("Changes"),
    _("Choose a date from the list below to revert to a previous version of this object"),
    _("Choose file to upload"),
    _("Click to cancel"),
    _("Dark"),
    _("Date from"),
    _("Date to"),
    _("Delete selected %(model)s"),
    _("Expand row"),
    _("Filter navigation items"),
    _("General"),
    _("Light"),
    _("Loading more results..."),
    _("More actions"),
    _("No recent searches"),
    _("No results found"),
    _("No results matching your query"),
    _("No valid data to import. Ensure your file has the correct headers or data for import."),
    _("Recent searches"),
    _("Reset filters"),
    _("Run"),
    _("Search apps and models..."),
    _("Select action"),
    _("Select action to run"),
    _("Select all"),
    _("Select all %(total_count)s %(module_name)s"),
    _("Select all rows"),
    _("Select format"),
    _("Select record"),
    _("Select value"),
    _("Sorting priority: %(priority_number)s"),
    _("This exporter will export the following fields"),
    _("This item will be deleted."),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("Type to search"),
    _("View selected %(model)s"),
]


def translate_labels() -> None:
    """Labels that Django made of field names are translated when they are shown; migrations do not see it."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if getattr(field, "_verbose_name", "") is None and field.verbose_name in LABELS:
                field.verbose_name = gettext_lazy(field.verbose_name)


def in_language(label: str, code: str) -> str:
    """The label of one language of a field in two languages, in the language of whoever looks."""
    return (
        f"{gettext(label) if label in LABELS else label} ({gettext('English') if code == 'en' else gettext('French')})"
    )
