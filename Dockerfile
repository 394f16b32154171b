# Quoth in a container: CPU-only torch, an ordinary user, the model prepared at build, data on a volume.
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 XDG_CACHE_HOME=/opt/cache
RUN useradd --create-home quoth && mkdir -p /opt/cache /data && chown quoth /opt/cache /data
WORKDIR /app
# torch's own index has the CPU builds; PyPI's default for Linux brings gigabytes of CUDA.
RUN pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
COPY pyproject.toml README.md LICENSE ./
COPY index index
COPY bot bot
RUN pip install .
USER quoth
COPY --chown=quoth examples examples
# Prepares the model and proves that the image can answer.
RUN printf 'Who made the lens?\n' | quoth chat examples/lighthouse.md
ENV QUOTH_DATA_DIR=/data QUOTH_WEBHOOK_LISTEN=0.0.0.0
VOLUME /data
EXPOSE 8443
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s CMD ["quoth", "list"]
CMD ["quoth", "run"]
