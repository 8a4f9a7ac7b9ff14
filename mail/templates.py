"""Mail templates: Markdown text in which every value is shown as it is, however it is written."""

from functools import lru_cache
from typing import Any

from django.template import Context, Engine, Template
from django.template.base import Origin, TokenType, VariableNode, render_value_in_context
from django.template.loader import engines
from django.templatetags.i18n import BlockTranslateNode
from django.utils.safestring import SafeString, mark_safe

from common.text import escape_markdown


def render(name: str, context: dict[str, Any]) -> str:
    """`templates/<name>` with `context`, in the language in force. `|safe` lets a value through as Markdown."""
    return _escaping(engines["django"].engine).get_template(name).render(Context(context, autoescape=False))


class MailEngine(Engine):
    """The portal's own engine, whose templates (and what they include) escape values for Markdown."""

    def find_template(self, name: str, dirs: Any = None, skip: Any = None) -> tuple[Template, Origin]:
        template, origin = super().find_template(name, dirs, skip)
        for kind, escaping in ((VariableNode, Value), (BlockTranslateNode, Sentence)):
            for node in template.nodelist.get_nodes_by_type(kind):
                node.__class__ = escaping
        return template, origin


@lru_cache(maxsize=1)
def _escaping(engine: Engine) -> MailEngine:
    return MailEngine(
        dirs=engine.dirs, libraries=engine.libraries, builtins=engine.builtins, loaders=engine.loaders, autoescape=False
    )


class Value(VariableNode):
    def render(self, context: Context) -> str:
        return escaped(super().render(context))


class Sentence(BlockTranslateNode):
    def render(self, context: Context, nested: bool = False) -> str:
        """The sentence with its variables escaped; those named by `with` are resolved first, so that they are too."""
        given = {name: value.resolve(context) for name, value in self.extra_context.items()}
        tokens = [*self.singular, *(self.plural or [])]
        names = {token.contents for token in tokens if token.token_type == TokenType.VAR}
        values = {name: given.get(name, context.get(name)) for name in names if name in given or name in context}
        sentence = BlockTranslateNode(
            {}, self.singular, self.plural, self.countervar, self.counter, self.message_context, self.trimmed
        )
        shown = {name: mark_safe(escaped(render_value_in_context(value, context))) for name, value in values.items()}
        with context.push(**shown):
            text = mark_safe(sentence.render(context, nested))
        if self.asvar:
            context[self.asvar] = text
            return ""
        return text


def escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape_markdown(text)
