using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Methods of texts.</summary>
internal static class StringMethods
{
    /// <summary>By name.</summary>
    public static FrozenDictionary<string, Function> All { get; } = Attributes.ByName(
    [
        Changed("upper", LetterCase.Upper),
        Changed("lower", LetterCase.Lower),
        Changed("title", LetterCase.Title),
        Changed("capitalize", LetterCase.Capitalized),
        Changed("swapcase", LetterCase.Swapped),
        Changed("casefold", LetterCase.Folded),
        new("strip", "chars", (_, self, given) => Texts.Strip(Texts.Plain(self), given.Text(0), true, true)),
        new("lstrip", "chars", (_, self, given) => Texts.Strip(Texts.Plain(self), given.Text(0), true, false)),
        new("rstrip", "chars", (_, self, given) => Texts.Strip(Texts.Plain(self), given.Text(0), false, true)),
        new("split", "sep maxsplit", (run, self, given) => Split(run, self, given, Searching.SplitAtSpaces, fromRight: false)),
        new("rsplit", "sep maxsplit", (run, self, given) => Split(run, self, given, Searching.SplitAtSpacesFromRight, fromRight: true)),
        new("splitlines", "keepends", (run, self, given) => List(run, Searching.Lines(Texts.Plain(self), given.IsTrue(0)))),
        new("partition", "sep*", (_, self, given) => Partition(Texts.Plain(self), given.NeededText(0), isLast: false)),
        new("rpartition", "sep*", (_, self, given) => Partition(Texts.Plain(self), given.NeededText(0), isLast: true)),
        new("replace", "old* new* count", (run, self, given) =>
            Searching.Replace(Texts.Plain(self), given.NeededText(0), given.NeededText(1), given.Index(2, -1), run.Budget)),
        new("removeprefix", "prefix*", (_, self, given) =>
            Texts.Plain(self) is var text && text.StartsWith(given.NeededText(0), StringComparison.Ordinal)
                ? text[given.NeededText(0).Length..] : Texts.Plain(self)),
        new("removesuffix", "suffix*", (_, self, given) => Texts.Plain(self) is var text && given.NeededText(0) is { Length: > 0 } suffix
            && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : Texts.Plain(self)),
        new("join", "iterable*", Join),
        new("startswith", "prefix* start end",
            (_, self, given) => HasEnd(self, given, (text, part) => text.StartsWith(part, StringComparison.Ordinal))),
        new("endswith", "suffix* start end",
            (_, self, given) => HasEnd(self, given, (text, part) => text.EndsWith(part, StringComparison.Ordinal))),
        new("find", "sub* start end", (_, self, given) => Find(self, given, isLast: false)),
        new("rfind", "sub* start end", (_, self, given) => Find(self, given, isLast: true)),
        new("index", "sub* start end", (_, self, given) => Found(Find(self, given, isLast: false))),
        new("rindex", "sub* start end", (_, self, given) => Found(Find(self, given, isLast: true))),
        new("count", "sub* start end",
            (_, self, given) => Within(self, given).Text is { } text ? Searching.Count(text, given.NeededText(0)) : 0L),
        new("center", "width* fillchar",
            (run, self, given) => Padding.Center(Texts.Plain(self), given.Index(0, 0), given.Text(1) ?? " ", run.Budget)),
        new("ljust", "width* fillchar",
            (run, self, given) => Padding.Left(Texts.Plain(self), given.Index(0, 0), given.Text(1) ?? " ", run.Budget)),
        new("rjust", "width* fillchar",
            (run, self, given) => Padding.Right(Texts.Plain(self), given.Index(0, 0), given.Text(1) ?? " ", run.Budget)),
        new("zfill", "width*", (run, self, given) => Padding.Zeros(Texts.Plain(self), given.Index(0, 0), run.Budget)),
        new("expandtabs", "tabsize", (run, self, given) => Padding.WithoutTabs(Texts.Plain(self), given.Index(0, 8), run.Budget)),
        new("format", "...", (run, self, given) => BraceFormat.Of(run, self, given.All)),
        new("format_map", "mapping*", (run, self, given) => BraceFormat.Of(run, self, Mapped(given[0]!))),
        new("encode", "encoding errors",
            (_, self, given) => IsUtf8(given.Text(0)) ? new BytesValue(Encoding.UTF8.GetBytes(Texts.Plain(self)))
                : throw new TemplateError($"the encoding '{given.Text(0)}' is not supported; utf-8 is")),
        .. CharacterTests.All,
    ]);

    /// <summary>Methods of bytes.</summary>
    public static FrozenDictionary<string, Function> OfBytes { get; } = Attributes.ByName(
        new Function("decode", "encoding errors",
            (_, self, given) => IsUtf8(given.Text(0)) ? Encoding.UTF8.GetString(((BytesValue)self).Bytes)
                : throw new TemplateError($"the encoding '{given.Text(0)}' is not supported; utf-8 is")));

    private static bool IsUtf8(string? encoding) =>
        encoding is null || encoding.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase);

    private static Function Changed(string name, Func<string, string> change) =>
        new(name, "", (run, self, _) => run.Budget.Made(change(Texts.Plain(self))));

    private static ListValue List(Run run, IEnumerable<string> parts)
    {
        object[] items = [.. parts];
        run.Budget.Step(items.Length);
        return new ListValue(items);
    }

    private static object Split(Run run, object self, Given given, Func<string, long, List<string>> atSpaces, bool fromRight)
    {
        var (text, separator, most) = (Texts.Plain(self), given.Text(0), given.Index(1, -1));
        run.Budget.Text(text.Length);
        return List(run, separator is null ? atSpaces(text, most) : Searching.Split(text, separator, most, fromRight));
    }

    private static TupleValue Partition(string text, string separator, bool isLast)
    {
        if (separator.Length == 0)
            throw new TemplateError("empty separator");
        var at = isLast ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? isLast ? new TupleValue(["", "", text]) : new TupleValue([text, "", ""])
            : new TupleValue([text[..at], separator, text[(at + separator.Length)..]]);
    }

    private static object Join(Run run, object self, Given given)
    {
        var (separator, parts) = (Texts.Plain(self), new List<string>());
        foreach (var item in Items.List(given[0]!, run.Budget))
            parts.Add(Texts.TryPlain(item)
                ?? throw new TemplateError($"sequence item {parts.Count}: expected str instance, {Kind.Of(item)} found"));
        run.Budget.Text(parts.Sum(part => (long)part.Length) + (long)separator.Length * Math.Max(0, parts.Count - 1));
        return string.Join(separator, parts);
    }

    private static object HasEnd(object self, Given given, Func<string, string, bool> has)
    {
        var text = Within(self, given).Text;
        if (text is null)
            return false;
        if (given[0] is TupleValue several)
            return several.Items.Any(part => has(text, Texts.Plain(part)));
        if (given[0] is Undefined undefined)
            throw undefined.Error();
        return has(text, Texts.TryPlain(given[0]!)
            ?? throw new TemplateError($"{given.Function} first arg must be str or a tuple of str, not {Kind.Of(given[0]!)}"));
    }

    // The part between the two bounds that may be given, and where it begins; no text where they cross.
    private static (string? Text, long Start) Within(object self, Given given)
    {
        var text = Texts.Plain(self);
        if (given[1] is null && given[2] is null)
            return (text, 0);
        var length = Texts.Length(text);
        long Bound(object? value, long otherwise) => value is null or None ? otherwise
            : Numbers.Index(value) is var index && index < 0 ? Math.Max(0, index + length) : Math.Min(index, (long)length + 1);
        var (start, end) = (Bound(given[1], 0), Math.Min(Bound(given[2], length), length));
        return (start > end ? null : Texts.Part(text, start, end - start), start);
    }

    private static long Find(object self, Given given, bool isLast)
    {
        var ((text, start), part) = (Within(self, given), given.NeededText(0));
        if (text is null)
            return -1;
        var at = isLast ? text.LastIndexOf(part, StringComparison.Ordinal) : text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : start + Texts.Length(text[..at]);
    }

    private static object Found(long place) => place >= 0 ? place : throw new TemplateError("substring not found");

    private static Arguments Mapped(object value) => value is DictionaryValue dictionary
        ? new Arguments([], [.. dictionary.Keys.Zip(dictionary.Values).Select(pair => (Printing.Text(pair.First), pair.Second))])
        : throw new TemplateError($"format_map() needs a mapping, not {Kind.Of(value)}");
}

/// <summary>Methods that tell what a text is made of.</summary>
internal static class CharacterTests
{
    /// <summary>All of them.</summary>
    public static IEnumerable<Function> All { get; } =
    [
        Every("isalpha", Rune.IsLetter),
        Every("isdecimal", rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber),
        Every("isdigit", IsDigit),
        Every("isnumeric", IsNumeric),
        Every("isalnum", rune => Rune.IsLetter(rune) || IsNumeric(rune)),
        Every("isspace", rune => rune.IsBmp && Texts.IsSpace((char)rune.Value)),
        new("isascii", "", (_, self, _) => Texts.Plain(self).All(char.IsAscii)),
        new("isupper", "",
            (_, self, _) => Texts.Plain(self).EnumerateRunes() is var runes && runes.Any(Rune.IsUpper) && !runes.Any(Rune.IsLower)),
        new("islower", "",
            (_, self, _) => Texts.Plain(self).EnumerateRunes() is var runes && runes.Any(Rune.IsLower) && !runes.Any(Rune.IsUpper)),
        new("istitle", "", (_, self, _) =>
            Texts.Plain(self) is var text && text.EnumerateRunes().Any(LetterCase.IsCased) && LetterCase.Title(text) == text),
        new("isidentifier", "", (_, self, _) => Texts.Plain(self) is { Length: > 0 } text && !char.IsDigit(text[0])
            && text.EnumerateRunes().All(rune => rune.Value == '_' || Rune.IsLetterOrDigit(rune))),
        new("isprintable", "",
            (_, self, _) => Printing.Quote(Texts.Plain(self).Replace("'", "", StringComparison.Ordinal)).IndexOf('\\') < 0),
    ];

    private static Function Every(string name, Func<Rune, bool> fits) =>
        new(name, "", (_, self, _) => Texts.Plain(self) is { Length: > 0 } text && text.EnumerateRunes().All(fits));

    private static bool IsDigit(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber
        || rune.IsBmp && CharUnicodeInfo.GetDigitValue((char)rune.Value) >= 0;

    private static bool IsNumeric(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
