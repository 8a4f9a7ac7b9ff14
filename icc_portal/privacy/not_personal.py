"""Text and file fields that hold nothing about a person, by model. What is in neither this nor `table.py` fails a test.

Names of roles, codes, hashes and states; texts about cities, activities and calls, which are published as such.
"""

NOT_PERSONAL: dict[str, tuple[str, ...]] = {
    "admin.LogEntry": ("object_id",),
    "auth.Permission": ("name", "codename"),
    "auth.Group": ("name",),
    "contenttypes.ContentType": ("app_label", "model"),
    "mail.Attachment": ("name", "content_type", "sha256"),
    "mail.Message": ("key", "mailing", "template", "language", "message_id", "reason"),
    "cities.MembershipStep": ("source", "note"),
    "cities.PolicyArea": ("code", "name"),
    "cities.NationalNetwork": ("code", "name", "website"),
    "cities.City": (
        "name", "other_names", "slug", "region", "coordinate_basis", "population_basis", "time_zone", "website", "profile",
        "source", "evidence_note", "search",
    ),
    "cities.Contribution": ("reason",),
    "cities.IndexResult": ("version", "source"),
    "correspondence.Mailing": ("title", "reference", "place", "subject", "body", "content_hash", "approved_hash"),
    "correspondence.Letter": ("language",),
    "correspondence.Signatory": ("title",),
    "activities.Activity": ("title", "place", "summary", "description", "languages", "joining_link", "source"),
    "activities.AgendaItem": ("title",),
    "activities.Material": ("title", "file", "link"),
    "activities.Registration": ("language", "certificate_code"),
    "grants.Call": ("title", "summary", "description"),
    "grants.Application": ("reference", "title", "theme", "summary", "objectives", "activities", "sha256"),
    "grants.BudgetLine": ("label",),
    "grants.Decision": ("reasons",),
    "grants.Award": ("project", "theme", "source", "search"),
    "library.Publication": ("title", "topic", "languages", "abstract", "source", "search"),
    "library.PublicationFile": ("language", "file"),
    "library.GoodPractice": ("title", "summary", "description", "review_note"),
    "reports.AnnualReport": ("approved_sha256",),
    "reports.Chapter": ("text",),
    "reports.Snapshot": ("sha256", "reason"),
    "reports.Rendition": ("language", "sha256"),
}  # fmt: skip
