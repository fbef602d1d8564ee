/** Every section of a collector, every key of each, as the manual of the command shows them. */
export const exampleConfig = `
server: { host: 127.0.0.1, port: 8080 }
exchanges:
  binance:                       # a venue
    wsEndpoint: wss://stream.binance.com:9443
    restEndpoint: https://api.binance.com
    symbols: [BTC/USDT, ETH-USDT, BNBUSDT]     # any of the three spellings; on a derivatives venue the pair alone means the perpetual
    dataTypes: [trade, kline_1m, ticker, bbo, depth]
    connections: { max: 5, streamsPerConnection: 1000, reconnectDelay: 1 second, maxReconnectDelay: 30 seconds, heartbeatInterval: 30 seconds }
journal: { path: data/journal, syncInterval: 10 millis, segmentSize: 64 MiB, maxSize: 10 GiB, retention: 1 hour, whenFull: { trade: block } }
overload: { memory: 256 MiB, trade: block, depth: block, bbo: conflate, ticker: conflate }
sinks:
  - { name: files, type: files, path: data/records, format: jsonl }
  - { name: kafka, type: kafka, brokers: [127.0.0.1:9092], clientId: millrace, driver: kafkajs, batchSize: 100, lingerMs: 100, compression: gzip, topic: "market.{type}.{exchange}.{symbol}" }
  - { name: out, type: stdout }
telemetry: { serviceName: millrace, otlpEndpoint: http://127.0.0.1:4318, prometheus: { port: 9090 }, logLevel: info, logFormat: json }
`

/** A node under a control plane: its own file, and what its program said in code. */
export const exampleNodeConfig = `
system:
  name: "my-function"          # a function's name
  version: "v1.0.0"
  env: "production"
  storage_url: "http://storage.example:8080"

heartbeat:
  server_ip: ""
  server_port: 0
  interval: 9

triggers:
  - name: "my-timer"
    type: "timer"
    settings:
      cron: "0 * * * * * *"

  - name: "my-queue"
    type: "nats"
    settings:
      url: "nats://127.0.0.1:4222"
      stream: "my-stream"
      subject: "my.subject"
      consumer_name: "my-consumer"
      batch_size: 10
      ack_wait: 30
      max_deliver: 3

plugin:
  cls:
    topic_id: "xxx"
    secret_id: "xxx"

gateway: { host: 127.0.0.1, port: 9000 }
adapter: { name: my-plugin, url: "http://127.0.0.1:9001", readyTimeout: 30 seconds, heartbeatExtra: { capabilities: [kline, ticker] }, command: [python3, -u, plugin/my_plugin.py] }
tasks: { store: sqlite, path: data/tasks.db }
`
