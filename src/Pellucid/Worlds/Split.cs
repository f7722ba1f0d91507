namespace Pellucid.Worlds;

/// <summary>Which passages the world writes.</summary>
public enum Split
{
    /// <summary>For training: nothing that is held out occurs in the form it is held out from.</summary>
    Training,

    /// <summary>For examination: only what is held out.</summary>
    HeldOut,
}

/// <summary>A list of which a part is held out from some form of text.</summary>
/// <param name="items">All.</param>
/// <param name="every">One in so many is held out.</param>
/// <param name="offset">Which one.</param>
public sealed class Divided<TItem>(IReadOnlyList<TItem> items, int every, int offset)
{
    private readonly TItem[] _training = [.. items.Where((_, place) => place % every != offset)],
        _heldOut = [.. items.Where((_, place) => place % every == offset)];

    /// <summary>All items.</summary>
    public IReadOnlyList<TItem> All => items;

    /// <summary>The items of one part.</summary>
    public IReadOnlyList<TItem> this[Split split] => split == Split.Training ? _training : _heldOut;
}
