import type { Charter } from './model.ts'

/** Version 1: in force from the first start. The ids are those that the built-in rules name as their clause. */
export const firstCharter: Charter = {
  title: 'AI Development Charter',
  clauses: [
    {
      id: 'CH-2',
      kind: 'principle',
      title: 'Human accountability',
      text: 'Humans remain accountable for all AI-generated code.',
      controls: ['ISO42001:A.3.2'],
    },
    {
      id: 'CH-3',
      kind: 'principle',
      title: 'Transparency',
      text: 'All AI interactions must be logged and auditable.',
      controls: ['ISO42001:A.6.2.8'],
    },
    {
      id: 'CH-4',
      kind: 'principle',
      title: 'Security first',
      text: 'Security controls apply equally to AI and human code.',
      controls: ['ISO42001:A.6.2.4'],
    },
    {
      id: 'CH-13',
      kind: 'principle',
      title: 'Compliance by design',
      text: 'AI workflows must support regulatory requirements.',
      controls: ['ISO42001:A.2.3'],
    },
    {
      id: 'CH-14',
      kind: 'principle',
      title: 'Continuous monitoring',
      text: 'AI code performance and security are continuously monitored.',
      controls: ['ISO42001:A.6.2.6'],
    },
    {
      id: 'CH-5',
      kind: 'prohibited',
      title: 'Auto deployment',
      text: 'AI cannot deploy code without human approval.',
      controls: ['ISO42001:A.6.2.5'],
    },
    {
      id: 'CH-6',
      kind: 'prohibited',
      title: 'Sensitive data exposure',
      text: 'No PII, credentials, or sensitive data in AI prompts.',
      controls: ['SOC2:CC6.1'],
    },
    {
      id: 'CH-7',
      kind: 'prohibited',
      title: 'Compliance bypass',
      text: 'AI cannot be used to circumvent existing controls.',
      controls: ['SOC2:CC8.1'],
    },
    {
      id: 'CH-8',
      kind: 'prohibited',
      title: 'Untracked usage',
      text: 'All AI interactions must be logged.',
      controls: ['ISO42001:A.6.2.8'],
    },
    {
      id: 'CH-9',
      kind: 'mandatory',
      title: 'Dual approval',
      text: 'AI code requires human review and approval.',
      controls: ['SOC2:CC8.1'],
    },
    {
      id: 'CH-10',
      kind: 'mandatory',
      title: 'Security scanning',
      text: 'All AI code must pass security scans.',
      controls: ['SOC2:CC7.1'],
    },
    {
      id: 'CH-11',
      kind: 'mandatory',
      title: 'Audit logging',
      text: 'Complete audit trail for all AI interactions.',
      controls: ['ISO42001:A.6.2.8'],
    },
    {
      id: 'CH-12',
      kind: 'mandatory',
      title: 'Regular assessment',
      text: 'Quarterly review of AI practices and outcomes.',
      controls: ['ISO42001:A.2.4'],
    },
  ],
}
