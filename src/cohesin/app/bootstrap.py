"""What a new installation has to hold before it answers its first call."""

from cohesin.kernel.log import get_logger
from cohesin.kernel.settings import Settings

log = get_logger(__name__)


async def bootstrap(settings: Settings, *, demo: bool = False) -> None:
    """Runs after the migrations and before the web processes, on every start; has to be repeatable.

    Args:
        settings: with ``app_database_url`` set.
        demo: whether the demo is to be loaded as well.
    """
    log.debug("bootstrap", demo=demo, opal_timezone=settings.opal_timezone)
