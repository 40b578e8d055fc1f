import { type FormEvent, useId, useState } from 'react';
import type { ArmView } from '../../../contract/coordinator-views.js';
import { useAct } from '../../client/use-act.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';

/** A number somebody typed; undefined for an empty field. */
const numberIn = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text.replace(',', '.')));

function NumberField({
  label,
  help,
  value,
  most,
  onChange,
}: {
  readonly label: string;
  readonly help: string;
  readonly value: string;
  readonly most: number;
  readonly onChange: (text: string) => void;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input" type="number" min={0} max={most} step="any" value={value} onChange={(event) => onChange(event.target.value)} />
      <span className="field-help">{help}</span>
    </div>
  );
}

export function AddArmDialog({ onClose }: { readonly onClose: () => void }) {
  const { run, busy } = useAct();
  const id = useId();
  const [name, setName] = useState('');
  const [prior, setPrior] = useState('');
  const [weight, setWeight] = useState('1');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const given = { prior: numberIn(prior), weight: numberIn(weight) };
    const wanted = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    if ((await run('coordinator.add', { arm: name.trim(), ...wanted }, 'The arm was not added')) !== null) onClose();
  };
  return (
    <Dialog title="Add an arm" onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <div className="field">
          <label htmlFor={id}>Name</label>
          <input id={id} className="input" value={name} maxLength={40} placeholder="research" onChange={(event) => setName(event.target.value)} />
          <span className="field-help">An agent that offers a mode of this name is asked in it; every agent is told the name.</span>
        </div>
        <div className="field-pair">
          <NumberField label="Prior, 0 to 1" help="Empty: the mean of the others." value={prior} most={1} onChange={setPrior} />
          <NumberField label="Weight" help="Multiplies its share." value={weight} most={100} onChange={setWeight} />
        </div>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={busy || name.trim() === ''}>
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function WeightDialog({ arm, onClose }: { readonly arm: ArmView; readonly onClose: () => void }) {
  const { run, busy } = useAct();
  const [prior, setPrior] = useState(String(arm.prior));
  const [weight, setWeight] = useState(String(arm.weight));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const change = { prior: numberIn(prior) ?? arm.prior, weight: numberIn(weight) ?? arm.weight };
    if ((await run('coordinator.patch', { arms: { [arm.arm]: change } }, 'The arm was not changed')) !== null) onClose();
  };
  return (
    <Dialog title={`Weight and prior of ${arm.arm}`} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <div className="field-pair">
          <NumberField label="Weight" help="Multiplies what was learned; 0 leaves it out." value={weight} most={100} onChange={setWeight} />
          <NumberField label="Prior, 0 to 1" help="Expected reward before any data." value={prior} most={1} onChange={setPrior} />
        </div>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={busy}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
