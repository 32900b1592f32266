import { type CelResult, parse, plan } from '@bufbuild/cel'
import { type Budget, createBudget } from '../cel/budget.ts'
import type { Checked } from '../cel/check.ts'
import { createEnvironment } from '../cel/functions.ts'
import type { Shape } from '../facts/shape.ts'
import { type CheckedFacts, objectsOf } from '../facts/validate.ts'
import { toCelValue } from '../facts/values.ts'
import type { Pack } from '../pack/pack.ts'
import type { ParamValue } from '../pack/params.ts'
import type { Rule } from '../pack/rule.ts'

/** Evaluates one expression over the names of one question. */
export type Evaluate = (names: Bindings) => CelResult

/** The names of one pack over one question; variables are evaluated once, when something first asks for them. */
export type Bindings = Readonly<Record<string, unknown>>

export interface PlannedRule {
  readonly rule: Rule
  readonly when: Evaluate | undefined
  readonly require: Evaluate
  readonly message: Evaluate
  readonly fix: Evaluate | undefined
  readonly locations: Evaluate | undefined
}

export interface PlannedPack {
  readonly pack: Pack
  readonly rules: readonly PlannedRule[]
  bind(facts: CheckedFacts): Bindings
}

export function planPack(pack: Pack, shape: Shape, params: Readonly<Record<string, ParamValue>>): PlannedPack {
  const planOne = createPlanner(createBudget())
  const prototype = namesOf(pack, shape, params, planOne)
  return {
    pack,
    rules: pack.rules.map((rule) => ({
      rule,
      when: rule.when && planOne(rule.when),
      require: planOne(rule.require),
      message: planOne(rule.message),
      fix: rule.fix && planOne(rule.fix),
      locations: rule.locations && planOne(rule.locations),
    })),
    bind: (facts) => Object.create(prototype, { question: { value: { facts, known: new Map() } } }),
  }
}

interface Bound {
  readonly question: { readonly facts: CheckedFacts; readonly known: Map<string, unknown> }
}

/**
 * cel-es looks a name up as a member of one object, and a qualified one (`vars.x`) as a whole before its first part. So every
 * name is a getter here; what it finds is kept for the question.
 */
function namesOf(
  pack: Pack,
  shape: Shape,
  params: Readonly<Record<string, ParamValue>>,
  planOne: (checked: Checked) => Evaluate,
): object {
  const getters: PropertyDescriptorMap = {}
  const define = (name: string, find: (bound: Bound) => unknown) => {
    getters[name] = {
      get(this: Bound) {
        const { known } = this.question
        if (!known.has(name)) known.set(name, find(this))
        return known.get(name)
      },
    }
  }
  const names = objectsOf(shape).flatMap((one) => [...one.members.keys()])
  for (const name of names) {
    define(name, ({ question }) => {
      const { facts, unknown } = question.facts
      const root = toCelValue(facts, shape, '', (path) => unknown.has(path)) as { get(name: string): unknown }
      return root.get(name)
    })
  }
  for (const [name, checked] of pack.variables) {
    const evaluate = planOne(checked)
    define(`vars.${name}`, (bound) => evaluate(bound as unknown as Bindings))
  }
  for (const [name, { type, fallback }] of pack.params) {
    const value = params[name] ?? fallback
    getters[`params.${name}`] = { value: type === 'int' && typeof value === 'number' ? BigInt(value) : value }
  }
  return Object.create(null, getters)
}

function createPlanner(budget: Budget): (checked: Checked) => Evaluate {
  const environment = createEnvironment(budget)
  return ({ text }) => {
    const run = plan(environment, parse(text))
    return (names) => budget.within(() => run(names as never))
  }
}
