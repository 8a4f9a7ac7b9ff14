"""The design system's tags and filters (a template builtin)."""

from django import template

register = template.Library()
