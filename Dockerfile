# The services and the observer, one image each: docker build --build-arg WORKSPACE=services/gateway .
# Nothing is in an image but Node, what Node needs of the system, and the workspace: no shell, no package manager.

FROM node:24.21.0-bookworm-slim AS node
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*

# Node, its libraries with their licences, and a user, gathered under /system.
FROM node AS system
RUN set -eu; \
    mkdir -p /system/usr/local/bin /system/etc /system/data /system/tmp; \
    strip --strip-unneeded -o /system/usr/local/bin/node /usr/local/bin/node; \
    for library in $(ldd /usr/local/bin/node | grep -o '/[^ ]*'); do cp --parents --dereference "$library" /system; done; \
    # What programs of packages ask for besides.
    libc="$(ldd /usr/local/bin/node | grep -o '/[^ ]*/libc\.so\.6')"; \
    for name in librt.so.1 libresolv.so.2; do cp --parents --dereference "${libc%/*}/$name" /system; done; \
    for package in libc6 libgcc-s1 libstdc++6; do cp --parents "/usr/share/doc/$package/copyright" /system; done; \
    cp /etc/nsswitch.conf /system/etc/; \
    echo 'kontor:x:10001:10001::/tmp:/usr/sbin/nologin' > /system/etc/passwd; \
    echo 'kontor:x:10001:' > /system/etc/group; \
    chown 10001:10001 /system/data; chmod 1777 /system/tmp

FROM scratch AS runtime
COPY --from=system /system /
COPY scripts/containers/image /opt/kontor
ENV PATH=/usr/local/bin NODE_ENV=production HOST=0.0.0.0
USER 10001:10001

# The dependencies of all workspaces, installed once, without what is never loaded.
FROM node AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY observer/package.json observer/
COPY perf/package.json perf/
COPY services/auth/package.json services/auth/
COPY services/core-erp/package.json services/core-erp/
COPY services/gateway/package.json services/gateway/
COPY services/kit/package.json services/kit/
COPY services/mail-catcher/package.json services/mail-catcher/
COPY services/notification/package.json services/notification/
RUN npm ci --omit=dev --ignore-scripts && rm -rf ~/.npm
COPY scripts/containers/prune-modules.ts scripts/containers/select-modules.ts /opt/
RUN node /opt/prune-modules.ts /app && \
    find node_modules -name '*.node' -o -name '*.so' | xargs --no-run-if-empty strip --strip-unneeded

# Of those, what one workspace needs.
FROM modules AS selected
ARG WORKSPACE
RUN node /opt/select-modules.ts "$WORKSPACE" /selected && cp package.json /selected/

# Files of the workspace belong to root and cannot be written by the one who runs them.
FROM runtime AS service
ARG WORKSPACE
COPY --from=selected /selected /app
COPY services/kit /app/services/kit
COPY ${WORKSPACE} /app/${WORKSPACE}
WORKDIR /app/${WORKSPACE}
ENTRYPOINT ["node", "--import", "/opt/kontor/check-memory.mjs"]
CMD ["--import", "@kontor/kit/telemetry", "src/main.ts"]

# Makes roles, schemas and databases before the services start.
FROM service AS provision
COPY scripts/start/databases.ts /app/scripts/start/
COPY scripts/containers/provision /app/scripts/containers/provision
CMD ["/app/scripts/containers/provision/main.ts"]
