/** The charts of the page of figures. Loaded when somebody opens it, with the library that draws them. */
import type { Figures } from '../../../call-log/query.ts'
import { Reasons, Tools } from './bar-charts.tsx'
import { LineChart } from './line-chart.tsx'
import { CONTAINMENT, COST, CUT_IN, DEAD_AIR, REPEATS, REPLY, TOOL_FAILURES } from './line-specs.ts'
import type { Scope } from './shape.ts'
import { OutcomeChart, ReplyPartsChart } from './stacked-charts.tsx'
import { WeekChart } from './week-chart.tsx'

export interface ChartsProps {
  readonly figures: Figures
  readonly scope: Scope
  readonly by: 'hour' | 'day'
  readonly from: number
  readonly to: number
}

export function Charts(props: ChartsProps) {
  return (
    <div className="charts">
      <OutcomeChart {...props} />
      <LineChart {...props} spec={CONTAINMENT} />
      <LineChart {...props} spec={REPLY} />
      <ReplyPartsChart {...props} />
      <LineChart {...props} spec={CUT_IN} />
      <LineChart {...props} spec={DEAD_AIR} />
      <LineChart {...props} spec={TOOL_FAILURES} />
      <LineChart {...props} spec={REPEATS} />
      <LineChart {...props} spec={COST} />
      <Reasons {...props} />
      <Tools {...props} />
      <WeekChart {...props} />
    </div>
  )
}
