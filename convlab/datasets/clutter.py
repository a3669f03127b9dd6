"""What systems and programs leave among people's pictures: the one table of what is passed over."""

import re

# In any case of letters. Whatever begins with a dot is passed over too: .DS_Store, ._0.jpg, .git,
# .Trash-1000, .ipynb_checkpoints, .thumbnails, .picasaoriginals, .@__thumb.
_NAMES = frozenset(
    (
        *("__macosx", "_ds_store", "icon\r", "icon\uf00d"),  # macOS
        *("network trash folder", "temporary items"),  # macOS on a server
        *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$recycle.bin"),  # Windows
        *("system volume information", "lost+found"),  # disks
        *("@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot"),  # NAS
        *("picasa.ini", "zbthumbnail.info", "pspbrwse.jbf", "__pycache__"),  # programs
    )
)
# Windows' streams and rescued files; catalogues of Lightroom; notes beside pictures of Adobe and Apple
_PATTERN = re.compile(r"(?s)thumbs\.db:.*|found\.\d{3}|.*\.lr(cat|cat-.*|data|prev)|.*\.(xmp|aae)|~\$.*")


def ignored(parts: tuple[str, ...]) -> bool:
    """Whether a path is hidden, or what a system leaves behind, or lies in a folder of that kind."""
    names = [part.casefold() for part in parts]
    return any(name.startswith(".") or name in _NAMES or _PATTERN.fullmatch(name) for name in names)
