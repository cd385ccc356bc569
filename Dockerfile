# Builds with the development tools, runs without them, as nobody in particular, on a read-only root:
#   docker build -t axis2mqtt .
#   docker run --read-only -e MQTT_PASSWORD -e AXIS_PASSWORD -v ./config:/config:ro -v axis2mqtt-data:/data -p 9180:9180 axis2mqtt
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    AXIS2MQTT_CONFIG=/config/axis2mqtt.yaml \
    AXIS2MQTT_BRIDGE_DATA_DIR=/data \
    AXIS2MQTT_HTTP_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN install -d -o node -g node /data /config
USER node
VOLUME ["/config", "/data"]
EXPOSE 9180
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9180/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No shell between the signal and the program: a stop drains the queue.
CMD ["node", "dist/main.js", "run"]
