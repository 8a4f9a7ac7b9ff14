def year(request, context):
    """The state of the year, for the home of the administration."""
    return context
