using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja;

/// <summary>One rendering: what it may take, what it has written, and where it is.</summary>
internal sealed class Run
{
    private readonly StringBuilder _root = new();
    private StringBuilder _output;

    public Run(Budget budget, DateTime now)
    {
        (Budget, Now, _output) = (budget, now, _root);
        Equality = new Equality(budget);
        Ordering = new Ordering(Equality, budget);
    }

    /// <summary>What is left of the limits.</summary>
    public Budget Budget { get; }

    /// <summary>The time that <c>strftime_now</c> tells.</summary>
    public DateTime Now { get; }

    /// <summary>When values are the same.</summary>
    public Equality Equality { get; }

    /// <summary>Which values are less.</summary>
    public Ordering Ordering { get; }

    /// <summary>The line of the statement that is carried out.</summary>
    public int Line { get; set; }

    /// <summary>Whether what is printed gets HTML escapes, in an <c>autoescape</c> block.</summary>
    public bool Escapes { get; set; }

    /// <summary>Blocks by name, for <c>self</c>.</summary>
    public Dictionary<string, Callable> Blocks { get; } = [];

    /// <summary>What <c>generation</c> blocks wrote, and where it began.</summary>
    public List<(int Start, string Text)> Generated { get; } = [];

    /// <summary>All that was written.</summary>
    public string Output => _root.ToString();

    /// <summary>UTF-16 characters that have been written, outside of what is captured.</summary>
    public int Written => _root.Length;

    /// <summary>A new dictionary.</summary>
    public DictionaryValue NewDictionary() => new(Equality);

    /// <summary>Writes text.</summary>
    public void Write(string text)
    {
        Budget.CheckLength(0L + _output.Length + text.Length);
        Budget.Text(text.Length);
        _output.Append(text);
    }

    /// <summary>What a part writes, as text.</summary>
    public string Capture(Action part)
    {
        var outside = _output;
        _output = new StringBuilder();
        try
        {
            part();
            return Budget.Made(_output.ToString());
        }
        finally
        {
            _output = outside;
        }
    }

    /// <summary>A captured text as a value: escaped where all that is printed is.</summary>
    public object Captured(Action part) => Capture(part) is var text && Escapes ? new Markup(text) : text;
}
