# All commands in one static image, without a shell and without root: docker build -t pyoco .
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o /out/ ./cmd/...
RUN mkdir /data

FROM scratch
COPY --from=build /out/ /usr/local/bin/
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
# A volume that is mounted here for the first time belongs to the user, too.
COPY --from=build --chown=65532:65532 /data /data
ENV PATH=/usr/local/bin ZONEINFO=/zoneinfo.zip
USER 65532:65532
WORKDIR /data
CMD ["pyoco-server", "--help"]
