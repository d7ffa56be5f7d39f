"""
What a component is: a frozen dataclass that documents its own settings.

The class is the only description of its part of the language: its type, its JSON Schema, its page in
the reference and the messages about it all come from it. A *family* (paginator, authenticator) is a
direct subclass of ``Component`` that is not decorated; its members are chosen by ``type`` in YAML.
A trailing underscore keeps a Python keyword apart: ``from_`` is written ``from``.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import pkgutil
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, Union, dataclass_transform, get_args, get_origin, get_type_hints

C = TypeVar("C", bound="Component")

REQUIRED: Any = dataclasses.MISSING

Path = tuple[str | int, ...]
"""Keys and indices from the top of a file down to one place in it."""


def field(
    doc: str, *, default: Any = REQUIRED, examples: tuple[Any, ...] = (), meta: bool = False, **schema: Any
) -> Any:
    """
    Declare one setting: what it means, its default (as built, not as written), and its limits.

    ``meta`` keeps it out of the fingerprint. ``schema`` takes JSON Schema's ``minimum``, ``maximum``,
    ``exclusiveMinimum``, ``pattern``, ``minItems``, ``maxItems``, ``uniqueItems`` and ``minProperties``.
    """
    metadata = {"doc": doc, "examples": examples, "meta": meta, "schema": schema}
    if isinstance(default, Mapping):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Component:
    """Where every family, part and document of the language comes from."""

    tag: ClassVar[str | None] = None
    """What ``type`` names it in its family."""
    short: ClassVar[str | None] = None
    """The setting that a bare scalar (or list, where it admits one) stands for."""
    noun: ClassVar[str | None] = None
    """What messages call it, where the name of the class is not the word."""
    reserved: ClassVar[Mapping[str, str] | tuple[str, ...]] = ()
    """Keys (of a family: types) that the language has and the engine not yet, with what to say."""
    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Keys that one looks for here and that stand in another file or place, with what to say."""
    members: ClassVar[dict[str, type[Component]]] = {}

    at: Path = dataclasses.field(default=(), compare=False, repr=False)
    """Where it stands in its file."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if Component in cls.__bases__:
            cls.members = {}

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """What its settings have against one another: (path below here, code, message)."""
        return ()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def component(tag: str | None = None) -> Callable[[type[C]], type[C]]:
    """Make the class a frozen dataclass; with a ``tag``, join its family."""

    def decorate(cls: type[C]) -> type[C]:
        made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        if tag is not None:
            made.tag = tag
            made.members[tag] = made
        return made

    return decorate


def alternatives(hint: Any) -> Iterator[Any]:
    """The members of a union; an annotation that is none by itself."""
    if get_origin(hint) in {Union, types.UnionType}:
        for each in get_args(hint):
            yield from alternatives(each)
    else:
        yield hint


def is_family(cls: type[Component]) -> bool:
    """Whether ``type`` has to say which member is meant."""
    return "__dataclass_fields__" not in vars(cls)


def family(base: type[Component]) -> Mapping[str, type[Component]]:
    """Every member of a family by its type, after importing the modules beside its base class."""
    key: Any = base
    return _family(key)


@functools.cache
def _family(base: Any) -> Mapping[str, type[Component]]:
    package = importlib.import_module(base.__module__)
    for module in pkgutil.iter_modules(getattr(package, "__path__", ()), package.__name__ + "."):
        importlib.import_module(module.name)
    return MappingProxyType(dict(sorted(base.members.items())))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a component, resolved."""

    name: str
    """The attribute."""
    key: str
    """The YAML key."""
    hint: Any
    doc: str
    default: Any
    """``REQUIRED`` without one."""
    examples: tuple[Any, ...]
    meta: bool
    schema: Mapping[str, Any]

    @property
    def required(self) -> bool:
        """Whether a file has to say it."""
        return self.default is REQUIRED


def settings_of(cls: type[Component]) -> Mapping[str, Setting]:
    """The settings of a component by YAML key, in the order of their declaration."""
    key: Any = cls
    return _settings(key)


def order_of(cls: type[Component]) -> tuple[str, ...]:
    """The keys of a component as a file says them best: its type, its own ones, those that it inherits."""
    own = [name.rstrip("_") for each in cls.__mro__ for name in inspect.get_annotations(each)]
    return ("type", *dict.fromkeys(key for key in own if key in settings_of(cls)))


@functools.cache
def _settings(cls: Any) -> Mapping[str, Setting]:
    hints = get_type_hints(cls, include_extras=True)
    found = {}
    for each in dataclasses.fields(cls):
        if each.name == "at":
            continue
        default = each.default
        if each.default_factory is not dataclasses.MISSING:
            default = each.default_factory()
        found[each.name.rstrip("_")] = Setting(
            name=each.name,
            key=each.name.rstrip("_"),
            hint=hints[each.name],
            doc=each.metadata["doc"],
            default=default,
            examples=each.metadata["examples"],
            meta=each.metadata["meta"],
            schema=each.metadata["schema"],
        )
    return MappingProxyType(found)


def components_in(value: Any) -> Iterator[Component]:
    """Every component in a value, itself included, from the top down."""
    if isinstance(value, Component):
        yield value
        for setting in settings_of(type(value)).values():
            yield from components_in(getattr(value, setting.name))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from components_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from components_in(each)
