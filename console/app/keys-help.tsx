import { Modal } from '@mantine/core'
import { places } from './map.ts'

export function KeysHelp({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const general = [
    ['Ctrl K', 'find anything'],
    ['/', 'search in this list'],
    ['v', 'your views of this list'],
    ['j  k', 'next and previous row'],
    ['Enter', 'open the row'],
    ['?', 'this help'],
  ]
  const jumps = places.flatMap(({ key, title }): [string, string][] => (key === undefined ? [] : [[`g ${key}`, title]]))
  return (
    <Modal opened={isOpen} onClose={onClose} title="Keyboard" size="md">
      <table className="twin">
        <tbody>
          {[...general, ...jumps].map(([keys, what]) => (
            <tr key={keys}>
              <td>
                <kbd>{keys}</kbd>
              </td>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  )
}
