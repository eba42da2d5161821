export function WorkersPage() { return null; } export function WorkerPage(_: { id: string }) { return null; }
