"""
Records that a document has thousands of: they take a third of the memory of a pydantic model.

Their fields are in slots, not in a dict. They are made, checked, copied and written as models
are, and have a model's methods for that.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self, TypeVar, cast, dataclass_transform

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo
from pydantic_core import SchemaSerializer, SchemaValidator


class CompactRecord:
    """A frozen record that accepts only its own fields; what is derived is made by `compact`."""

    __slots__ = ()
    model_fields: ClassVar[dict[str, FieldInfo]]
    __pydantic_serializer__: ClassVar[SchemaSerializer]
    __pydantic_validator__: ClassVar[SchemaValidator]

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield the name and the value of each field."""
        return ((name, getattr(self, name)) for name in self.model_fields)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002  # nothing in it changes
        """Copy as pydantic does, unless nothing changes; nothing is checked."""
        update = update or {}
        if all(_is_same(getattr(self, name), to) for name, to in update.items()):
            return self
        return self.model_construct(**{**dict(self), **update})

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Convert to a dict, with the *options* of pydantic's models."""
        plain: dict[str, Any] = self.__pydantic_serializer__.to_python(self, **options)
        return plain

    def model_dump_json(self, **options: Any) -> str:
        """Write as JSON, with the *options* of pydantic's models."""
        return self.__pydantic_serializer__.to_json(self, **options).decode()

    @classmethod
    def model_construct(cls, _fields_set: object = None, /, **values: Any) -> Self:
        """Make a record of *values* without checking them."""
        made = object.__new__(cls)
        for name, field in cls.model_fields.items():
            object.__setattr__(made, name, values.get(name, field.default))
        return made

    @classmethod
    def model_validate(cls, value: Any, **options: Any) -> Self:
        """Check *value*, a dict or a record, and make a record of it."""
        made: Self = cls.__pydantic_validator__.validate_python(value, **options)
        return made

    @classmethod
    def model_validate_json(cls, text: str | bytes, **options: Any) -> Self:
        """Read a record from JSON."""
        made: Self = cls.__pydantic_validator__.validate_json(text, **options)
        return made

    @classmethod
    def model_json_schema(cls, **options: Any) -> dict[str, Any]:
        """Return the JSON schema."""
        return TypeAdapter(cls).json_schema(**options)


_Class = TypeVar("_Class", bound=CompactRecord)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
def compact(cls: type[_Class]) -> type[_Class]:
    """Give *cls* its fields as slots, and what makes and checks its records."""
    settings = ConfigDict(extra="forbid")
    made = dataclass(frozen=True, slots=True, kw_only=True, config=settings)(cls)
    compacted = cast("type[_Class]", made)
    compacted.model_fields = made.__pydantic_fields__
    return compacted


def _is_same(own: Any, value: Any) -> bool:
    return own is value or (type(own) is type(value) and own == value)
