using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Pellucid.Tokens.Formats;

/// <summary>
/// The vocabulary and the merges of a <c>tokenizer.json</c>, nearly all of its bytes, found and read by a walk of its own that is compiled
/// at its best when it first runs: .NET's reader takes several times as long until it has run often. It takes what is in order. What
/// is not it leaves, with the refusal, to that reader.
/// </summary>
internal readonly ref struct ModelTables
{
    private const MethodImplOptions AtItsBest = MethodImplOptions.AggressiveOptimization;

    private readonly ReadOnlySpan<byte> _text;
    private readonly Range _vocabulary, _merges;
    private readonly int _mergeCount;

    private ModelTables(ReadOnlySpan<byte> text, Range vocabulary, Range merges, int mergeCount)
    {
        _text = text;
        (_vocabulary, _merges, _mergeCount) = (vocabulary, merges, mergeCount);
    }

    /// <summary>Whether there are both.</summary>
    public bool AreFound => !_text.IsEmpty;

    /// <summary>Those of a file; not found where one is not there once, or is not what it must be.</summary>
    [MethodImpl(AtItsBest)]
    public static ModelTables Find(ReadOnlySpan<byte> text)
    {
        Range vocabulary = default, merges = default;
        var (depth, isOfModel, mergeCount) = (0, false, 0);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is (byte)'{' or (byte)'[')
                depth++;
            else if (text[at] is (byte)'}' or (byte)']')
                depth--;
            if (text[at] != '"')
                continue;
            var end = QuickJson.EndOfText(text, at + 1, out _);
            if (end < 0)
                return default;
            var name = text[(at + 1)..end];
            at = end;
            if (depth is not (1 or 2) || QuickJson.ValueAfter(text, end + 1) is not (> 0 and var value))
                continue;
            if (depth == 1)
                isOfModel = name.SequenceEqual("model"u8);
            else if (isOfModel && name.SequenceEqual("vocab"u8))
            {
                if (!vocabulary.Equals(default) || QuickJson.EndOfValue(text, value, (byte)'{', out _) is not (> 0 and var behind))
                    return default;
                vocabulary = value..behind;
                at = behind - 1;
            }
            else if (isOfModel && name.SequenceEqual("merges"u8))
            {
                if (!merges.Equals(default) || QuickJson.EndOfValue(text, value, (byte)'[', out mergeCount) is not (> 0 and var behind))
                    return default;
                merges = value..behind;
                at = behind - 1;
            }
        }
        return vocabulary.Equals(default) || merges.Equals(default) ? default : new ModelTables(text, vocabulary, merges, mergeCount);
    }

    /// <summary>The file with an empty object and an empty list in their places.</summary>
    public byte[] Rest() => _vocabulary.Start.Value < _merges.Start.Value
        ? [.. _text[.._vocabulary.Start], .. "{}"u8, .. _text[_vocabulary.End.._merges.Start], .. "[]"u8, .. _text[_merges.End..]]
        : [.. _text[.._merges.Start], .. "[]"u8, .. _text[_merges.End.._vocabulary.Start], .. "{}"u8, .. _text[_vocabulary.End..]];

    /// <summary>The vocabulary.</summary>
    /// <param name="added">Added tokens, which may be among them.</param>
    /// <param name="ofCharacters">Whether names are text, and not bytes in GPT-2's characters.</param>
    /// <exception cref="JsonException">Something is not in order.</exception>
    /// <exception cref="InvalidDataException">Numbers or names are not as they must be.</exception>
    public TokenBytes ReadNames(IReadOnlyList<AddedToken> added, bool ofCharacters)
    {
        var count = 0;
        var names = TokenBytes.Empty((_vocabulary.End.Value - _vocabulary.Start.Value) / 16,
            (_vocabulary.End.Value - _vocabulary.Start.Value) / 2);
        return Utf8.IsValid(_text[_vocabulary]) && Fill(names, added, ofCharacters, ref count)
            ? VocabularyJson.Close(names, count, added, ofCharacters)
            : throw new JsonException("the vocabulary is not in order");
    }

    /// <summary>The merges, and where they are found.</summary>
    /// <exception cref="JsonException">Something is not in order.</exception>
    public ((int Left, int Right)[] Merges, MergeTable Table) ReadMerges(TokenBytes names, IReadOnlyList<AddedToken> added,
        bool ofCharacters)
    {
        var (merges, table, isSpecial) = (new (int, int)[_mergeCount], new MergeTable(_mergeCount), new bool[names.Count]);
        foreach (var one in added)
            isSpecial[one.Token] = one.IsSpecial;
        return Utf8.IsValid(_text[_merges]) && Fill(merges, table, isSpecial, names, ofCharacters) ? (merges, table)
            : throw new JsonException("the merges are not in order");
    }

    [MethodImpl(AtItsBest)]
    private bool Fill(TokenBytes names, IReadOnlyList<AddedToken> added, bool ofCharacters, ref int count)
    {
        var json = new QuickJson(_text[_vocabulary]);
        HashSet<int>? addedTokens = null;
        if (!json.Take((byte)'{'))
            return false;
        for (var isFirst = true; !json.Take((byte)'}'); isFirst = false, count++)
        {
            if ((!isFirst && !json.Take((byte)',')) || !json.TryText(out var name) || !json.Take((byte)':')
                || !json.TryNumber(out var token) || token > _text.Length / VocabularyJson.LeastBytes || names.IsSet(token))
                return false;
            if (!ofCharacters)
            {
                var own = json.Own(name);
                if (ByteCharacters.TryRead(own, out var length))
                    name = own[..length];
                else if (!(addedTokens ??= [.. added.Select(one => one.Token)]).Contains(token))
                    return false;
            }
            names.Set(token, name);
        }
        return json.IsAtEnd;
    }

    [MethodImpl(AtItsBest)]
    private bool Fill((int, int)[] merges, MergeTable table, bool[] isSpecial, TokenBytes names, bool ofCharacters)
    {
        var json = new QuickJson(_text[_merges]);
        if (!json.Take((byte)'['))
            return false;
        var token = -1; // merges stand in the order of what they give, as a rule
        for (var i = 0; i < merges.Length; i++)
        {
            if ((i > 0 && !json.Take((byte)',')) || !TryPair(ref json, ofCharacters, out var left, out var both))
                return false;
            var name = json.Owned(both);
            var (first, second) = (names.Find(name[..left]), names.Find(name[left..]));
            token = names.FindNear(name, token);
            if (first < 0 || second < 0 || token < 0 || (!isSpecial[token] && !table.TryAdd(first, second, i, token)))
                return false;
            merges[i] = (first, second);
        }
        return json.Take((byte)']') && json.IsAtEnd;
    }

    // Both parts of a merge, one behind the other: in a list, or with a space between.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryPair(ref QuickJson json, bool ofCharacters, out int left, out int both)
    {
        (left, both) = (0, 0);
        var isList = json.Take((byte)'[');
        if (!json.TryText(out var first))
            return false;
        var space = isList ? first.Length : first.IndexOf((byte)' ');
        if (space < 1 || !TryPut(ref json, first[..space], 0, ofCharacters, out left))
            return false;
        var second = isList ? default : first[(space + 1)..];
        return (!isList || (json.Take((byte)',') && json.TryText(out second) && json.Take((byte)']')))
            && TryPut(ref json, second, left, ofCharacters, out both);
    }

    // Copies a name behind so many bytes, as what it stands for; its end is where the next one begins.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryPut(ref QuickJson json, ReadOnlySpan<byte> name, int behind, bool ofCharacters, out int end)
    {
        var own = json.Own(name, behind);
        var length = own.Length;
        var isName = ofCharacters || ByteCharacters.TryRead(own, out length);
        end = behind + length;
        return isName;
    }
}
