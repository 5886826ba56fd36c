# One image, seven commands: `run review|ingest|index|route|answer|deliver|outreach`, and `provision`.
FROM python:3.11-slim-bookworm AS build

# Where pip finds the CPU build of torch; empty takes pip's own configuration.
ARG TORCH_INDEX=""
ARG TORCH="torch==2.13.0"

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/dialogwerk
ENV PATH=/opt/dialogwerk/bin:$PATH
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
RUN pip install --no-deps --require-hashes -r requirements.lock
RUN pip install --no-deps ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "$TORCH"
COPY prompts prompts
COPY schemas schemas
COPY services services
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libfribidi0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /data --no-create-home dialogwerk \
    && install -d -o dialogwerk -g dialogwerk /data
COPY --from=build /opt/dialogwerk /opt/dialogwerk
ENV PATH=/opt/dialogwerk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OMP_WAIT_POLICY=PASSIVE \
    HF_HUB_OFFLINE=1
USER dialogwerk
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["dialogwerk"]
CMD ["--help"]
