import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Prometheus metrics of one process, with its HTTP figures. */
export interface HttpMetrics {
  observe(method: string, route: string, status: number, seconds: number): void
  /** A figure read when somebody scrapes. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void
  counter(name: string, help: string): { add(count: number): void }
  text(): Promise<string>
  readonly contentType: string
}

export function createMetrics(): HttpMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'countersign_http_request_seconds',
    help: 'Time to answer a request, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.3, 1, 5],
    registers: [registry],
  })
  return {
    observe: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    gauge: (name, help, read) => {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          this.set(await read())
        },
      })
      registry.registerMetric(gauge)
    },
    counter: (name, help) => {
      const counter = new Counter({ name, help, registers: [registry] })
      return { add: (count) => counter.inc(count) }
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
