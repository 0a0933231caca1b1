"""A report's file on its way to a reader."""

from __future__ import annotations

from cohesin.kernel.http.answers import StreamAnswer
from cohesin.kernel.http.disposition import attachment
from cohesin.kernel.storage import ObjectStore
from cohesin.lab.reports.schemas import ReportFile


async def stream_file(store: ObjectStore, file: ReportFile) -> StreamAnswer:
    """The file as an attachment under its name.

    Raises:
        ObjectNotFoundError: it is not in the store.
    """
    stream = await store.get_stream(file.object_key)
    return StreamAnswer(
        chunks=stream.__aiter__(),
        media_type="application/pdf",
        length=stream.size,
        headers={"Content-Disposition": attachment(file.file_name or f"report-{file.report_id}.pdf")},
    )
