using System.Globalization;
using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Functions that every template has.</summary>
internal static class Globals
{
    // The sandbox's limit.
    private const int LongestRange = 100_000;

    private const int LongestMessage = 10_000;

    private static readonly Function[] All =
    [
        new("raise_exception", "message*", (run, _, given) => throw Refusal(Printing.Text(given[0]!, run.Budget))),
        new("strftime_now", "format*", (run, _, given) => TimeFormat.Of(run.Now, given.NeededText(0))),
        new("range", "...", (_, _, given) => Range(given.All)),
        new("dict", "...", (run, _, given) => DictionaryMethods.New(run, given.All)),
        new("namespace", "...", (run, _, given) => new NamespaceValue(DictionaryMethods.New(run, given.All))),
        new("cycler", "...", (_, _, given) =>
            given.All.Placed.Count > 0 ? new Cycler(given.All.Placed) : throw new TemplateError("at least one item has to be provided")),
        new("joiner", "sep", (_, _, given) => new Joiner(given.Or(0, ", "))),
        new("lipsum", "...", (_, _, _) => throw new TemplateError("'lipsum' is not supported")),
    ];

    /// <summary>A frame in which the functions lie.</summary>
    public static Frame NewFrame(Run run)
    {
        var frame = Frame.New(run);
        foreach (var function in All)
            frame.Set(function.Name, new LibraryCallable(function));
        return frame;
    }

    private static TemplateRefusal Refusal(string message) =>
        new(message.Length <= LongestMessage ? message : message[..LongestMessage] + " …");

    private static RangeValue Range(Arguments arguments)
    {
        if (arguments.Placed.Count is 0 or > 3 || arguments.Named.Count > 0)
            throw new TemplateError($"range() takes 1 to 3 arguments, but {arguments.Placed.Count + arguments.Named.Count} were given");
        var bounds = arguments.Placed.Select(Numbers.Index).ToArray();
        var (start, stop, step) = bounds.Length == 1 ? (0, bounds[0], 1) : (bounds[0], bounds[1], bounds.Length > 2 ? bounds[2] : 1);
        if (step == 0)
            throw new TemplateError("range() arg 3 must not be zero");
        return RangeValue.Length(start, stop, step) <= LongestRange ? new RangeValue(start, stop, step)
            : throw new TemplateError($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({LongestRange}).");
    }
}

/// <summary><c>cycler(a, b)</c>: one after the other, again and again.</summary>
internal sealed class Cycler(IReadOnlyList<object> items) : Callable
{
    private int _place;

    public override string Kind => "Cycler";

    public override object? Part(string name, Run run) => name switch
    {
        "current" => items[_place],
        "next" => new LibraryCallable(new("next", "", (_, _, _) =>
        {
            var current = items[_place];
            _place = (_place + 1) % items.Count;
            return current;
        })),
        "reset" => new LibraryCallable(new("reset", "", (_, _, _) =>
        {
            _place = 0;
            return None.Value;
        })),
        _ => null,
    };

    public override object Call(Run run, Arguments arguments) => throw new TemplateError("'Cycler' object is not callable");
}

/// <summary><c>joiner(', ')</c>: nothing the first time, then what stands between.</summary>
internal sealed class Joiner(object separator) : Callable
{
    private bool _isUsed;

    public override string Kind => "Joiner";

    public override object Call(Run run, Arguments arguments)
    {
        var first = !_isUsed;
        _isUsed = true;
        return first ? "" : separator;
    }
}

/// <summary>Times as C's strftime writes them, in English.</summary>
internal static class TimeFormat
{
    /// <summary>A time by a format.</summary>
    public static string Of(DateTime time, string format)
    {
        var text = new StringBuilder();
        for (var at = 0; at < format.Length; at++)
            if (format[at] != '%' || at + 1 == format.Length)
                text.Append(format[at]);
            else if (format[++at] == '-' && at + 1 < format.Length)
                text.Append(Part(time, format[++at]).TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0");
            else
                text.Append(Part(time, format[at]));
        return text.ToString();
    }

    private static string Part(DateTime time, char mark)
    {
        string Number(int value, int digits = 2) => value.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
        string Named(string format) => time.ToString(format, CultureInfo.InvariantCulture);
        return mark switch
        {
            'a' => Named("ddd"),
            'A' => Named("dddd"),
            'b' or 'h' => Named("MMM"),
            'B' => Named("MMMM"),
            'c' => $"{Named("ddd MMM")} {time.Day,2} {Named("HH:mm:ss yyyy")}",
            'C' => Number(time.Year / 100),
            'd' => Number(time.Day),
            'D' or 'x' => Named("MM'/'dd'/'yy"),
            'e' => $"{time.Day,2}",
            'f' => Number((int)(time.Ticks % TimeSpan.TicksPerSecond / 10), 6),
            'F' => Named("yyyy-MM-dd"),
            'G' => Number(ISOWeek.GetYear(time), 4),
            'H' => Number(time.Hour),
            'I' => Number((time.Hour + 11) % 12 + 1),
            'j' => Number(time.DayOfYear, 3),
            'm' => Number(time.Month),
            'M' => Number(time.Minute),
            'n' => "\n",
            'p' => time.Hour < 12 ? "AM" : "PM",
            'R' => Named("HH:mm"),
            'S' => Number(time.Second),
            't' => "\t",
            'T' or 'X' => Named("HH:mm:ss"),
            'u' => Number(time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 1),
            'U' => Number((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7),
            'V' => Number(ISOWeek.GetWeekOfYear(time)),
            'w' => Number((int)time.DayOfWeek, 1),
            'W' => Number((time.DayOfYear + 6 - ((int)time.DayOfWeek + 6) % 7) / 7),
            'y' => Number(time.Year % 100),
            'Y' => Number(time.Year, 4),
            'z' or 'Z' => "", // a time without a zone
            '%' => "%",
            _ => throw new TemplateError($"strftime_now does not know %{mark}"),
        };
    }
}
