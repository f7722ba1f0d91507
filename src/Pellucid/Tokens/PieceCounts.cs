using System.Runtime.InteropServices;

namespace Pellucid.Tokens;

/// <summary>How often each piece occurs in texts.</summary>
internal sealed class PieceCounts
{
    private readonly Dictionary<byte[], long> _counts = new(ByteComparer.Instance);

    /// <summary>Every piece and its count, in no order.</summary>
    public IReadOnlyCollection<KeyValuePair<byte[], long>> All => _counts;

    /// <summary>Counts the pieces of a text; special tokens in it are none.</summary>
    public void Add(ReadOnlySpan<byte> text, AddedTokens special)
    {
        var lookup = _counts.GetAlternateLookup<ReadOnlySpan<byte>>();
        while (!text.IsEmpty)
        {
            var (start, end, _) = special.Find(text);
            for (var document = text[..start]; !document.IsEmpty;)
            {
                var length = GptSplitter.PieceLength(document);
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, document[..length], out _)++;
                document = document[length..];
            }
            text = text[end..];
        }
    }

    /// <summary>Adds what another has counted.</summary>
    public void Add(PieceCounts other)
    {
        foreach (var (piece, count) in other._counts)
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, piece, out _) += count;
    }
}
