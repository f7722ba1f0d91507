namespace Pellucid.Generation;

public sealed partial class Scheduler
{
    private const int LeastShared = 8;

    // A text that begins as another one takes over what was read of it, from one that is being read or written, or from what is kept of
    // those that were; and it waits for one before it that is reading more: of several texts with one prompt the first one reads it.
    private bool WaitsForAnother(ScheduledText text)
    {
        if (text.Position > 0)
            return false;
        var kept = _prefixes.Find(text.Sharable);
        var (shared, best) = (Math.Max(kept, LeastShared - 1), default(ScheduledText));
        foreach (var other in _running)
            if (other.Order < text.Order && text.SharedWith(other) is var count && count > shared)
                (shared, best) = (count, other);
        if (best is not null && best.Position < shared)
            return true;
        if (best is not null && _store.Holds(best.Slot, shared))
        {
            _store.Share(best.Slot, text.Slot, shared);
            text.Skip(shared);
        }
        else if (kept >= LeastShared)
            text.Skip(_prefixes.Take(text.Slot, text.Sharable));
        return false;
    }

    // Pages that are full now are kept for texts to come, while those that filled them use them.
    private void KeepPages()
    {
        foreach (var text in _running)
            if (text.HasFullPages)
                _prefixes.Keep(text.Slot, text.TakeFullPages());
        _prefixes.Trim(); // what windows have left behind
    }

    private bool Leave(ScheduledText text, Exception? error = null, bool keep = true)
    {
        Vacate(text, keep);
        text.End(error);
        return true;
    }

    private void Vacate(ScheduledText text, bool keep = true)
    {
        if (keep)
            _prefixes.Keep(text.Slot, text.Read);
        _store.Release(text.Slot);
        _prefixes.Trim();
        _freeSlots.Push(text.Slot);
    }
}
