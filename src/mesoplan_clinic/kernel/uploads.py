"""Uploads stay in memory: nothing that somebody sends lies on a disk before it is sealed."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

TOO_LARGE = "upload_too_large"


class InMemory(FileUploadHandler):
    """Keeps a file of permitted size in memory; of a larger one nothing, and the request says that there was one."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start a file."""
        super().new_file(*args, **kwargs)
        self._content = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece of the file.

        Raises:
            SkipFile: If the file is too large.
        """
        if start + len(raw_data) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            setattr(self.request, TOO_LARGE, True)
            self._content = io.BytesIO()
            raise SkipFile
        self._content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Return the whole file."""
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )


def was_too_large(request: HttpRequest) -> bool:
    """Return whether a file of the request was too large to be taken; its form must have been read before."""
    return bool(getattr(request, TOO_LARGE, False))
