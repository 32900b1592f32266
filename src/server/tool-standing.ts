import type { ToolStanding } from '#domains/grants'

/**
 * Who is asked what stands for or against the use of a tool. Nobody keeps a registry of tools, training or acknowledgements yet:
 * the settings of grants say what it means that this is unknown.
 */
export function createToolStanding(): ToolStanding {
  return {
    toolStatus: async () => ({ status: 'unknown' }),
    training: async () => 'unknown',
    charter: async () => 'unknown',
  }
}
