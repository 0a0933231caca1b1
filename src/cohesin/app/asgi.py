"""The web application."""

from litestar import Litestar, get


@get("/api/v1/system/health", sync_to_thread=False)
def health() -> dict[str, str]:
    """Tells that this process answers."""
    return {"status": "ok"}


def create_app() -> Litestar:
    """Builds the application of one web process."""
    return Litestar([health], openapi_config=None)
