import { type Command, onePositional, textOption, UsageWrong } from './command.ts'
import { plain } from './plain.ts'
import { show } from './policy-versions.ts'
import { clientOf, serverOption } from './server-access.ts'

interface Pack {
  readonly id: string
  readonly title: string
  readonly owner: string
  readonly reviewBy: string | null
}

const never = 'never'

export const policySet: Command = {
  name: 'policy set',
  usage: 'policy set PACK [--title TEXT] [--owner TEXT] [--review-by DAY]',
  about:
    'gives a policy pack another title, owner or day by which somebody looks at it again; no version changes by it',
  options: {
    ...serverOption,
    title: { type: 'string', about: 'what people call it' },
    owner: { type: 'string', about: 'who answers for it: team:platform' },
    'review-by': { type: 'string', about: `day, as 2027-06-30, after which its review is due; \`${never}\` for none` },
  },
  run: async (args, terminal) => {
    const id = onePositional(policySet, args, 'pack')
    const [title, owner, day] = ['title', 'owner', 'review-by'].map((option) => textOption(args, option))
    const body = {
      ...(title === undefined ? {} : { title }),
      ...(owner === undefined ? {} : { owner }),
      ...(day === undefined ? {} : { reviewBy: day === never ? null : day }),
    }
    if (Object.keys(body).length === 0)
      throw UsageWrong({ message: 'needs `--title`, `--owner` or `--review-by`', usage: policySet.usage })
    const path = `/v1/policy-packs/${encodeURIComponent(id)}`
    const pack = (await clientOf(args, terminal).patch(path, body)) as Pack
    const review = pack.reviewBy === null ? 'no review-by day' : `review by ${pack.reviewBy}`
    show(args, terminal, pack, () => `${pack.id}  ${plain(pack.title)}  ${plain(pack.owner)}  ${review}\n`)
    return 0
  },
}
