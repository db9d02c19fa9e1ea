// Metrics as points of Workers Analytics Engine: https://developers.cloudflare.com/analytics/analytics-engine/
import { own } from '../../shared/own.ts'
import { type MetricName, metricTable } from '../lib/metrics.ts'

/** The used part of a dataset's binding. */
export interface PointSink {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void
}

/** Maximum length of a blob: 5 kB are allowed, 16 kB for all of a point. */
const maxBlob = 200

/** One point per record: the metric's name is the index, its labels are the blobs in the order of the table. */
export function createPointWriter(sink: PointSink) {
  return (name: MetricName, value: number, labels: Readonly<Record<string, string>>): void => {
    const blobs = metricTable[name].labels.map((label) => (own(labels, label) ?? '').slice(0, maxBlob))
    sink.writeDataPoint({ indexes: [name], blobs, doubles: [value] })
  }
}
