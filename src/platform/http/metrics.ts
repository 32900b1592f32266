import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Prometheus metrics of one process, with its HTTP figures. */
export interface HttpMetrics {
  observe(method: string, route: string, status: number, seconds: number): void
  /** Everything in Prometheus text format, with `figures` as they are now. What is unknown now is left out, not 0. */
  text(figures: readonly MetricFigure[]): Promise<string>
  readonly contentType: string
}

export interface MetricFigure {
  readonly name: string
  readonly help: string
  readonly value: number
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
    text: async (figures) => {
      const own = new Registry()
      for (const { name, help, value } of figures) new Gauge({ name, help, registers: [own] }).set(value)
      return `${await registry.metrics()}${await own.metrics()}`
    },
    contentType: registry.contentType,
  }
}
