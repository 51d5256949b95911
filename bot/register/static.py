"""The one style sheet: all of the register that everybody may have, and that browsers keep for a while."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

FILES = {"style.css": "text/css"}
FOLDER = Path(__file__).parent / "static"


async def file(request: Request) -> Response:
    """The file of this name, of those that there are."""
    name = request.path_params["name"]
    if name not in FILES:
        raise HTTPException(404)
    return FileResponse(FOLDER / name, media_type=FILES[name], headers={"cache-control": "max-age=300"})
