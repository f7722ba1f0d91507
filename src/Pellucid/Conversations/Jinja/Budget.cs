using System.Runtime.CompilerServices;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja;

/// <summary>How much one rendering may take; a hostile template ends here with one line.</summary>
internal sealed record TemplateLimits
{
    /// <summary>Expressions and statements that are carried out, items of lists that are made or looked at.</summary>
    public long Steps { get; init; } = 10_000_000;

    /// <summary>Macros, and loops that call themselves, inside each other; Jinja2 ends between 200 and 250.</summary>
    public int Depth { get; init; } = 220;

    /// <summary>UTF-16 characters of one text, the output too.</summary>
    public int TextLength { get; init; } = 1 << 24;

    /// <summary>UTF-16 characters of all texts that are made on the way.</summary>
    public long Characters { get; init; } = 1 << 28;

    /// <summary>Decimal digits of a whole number, as in Python.</summary>
    public int Digits { get; init; } = 4300;
}

/// <summary>What is left of the limits.</summary>
internal sealed class Budget(TemplateLimits limits)
{
    private const int OneStep = 256; // characters

    private long _steps = limits.Steps, _characters = limits.Characters;
    private int _depth;

    /// <summary>Counts work.</summary>
    public void Step(long count = 1)
    {
        if ((_steps -= count) < 0)
            throw new TemplateError($"rendering takes more than {limits.Steps} steps");
    }

    /// <summary>Counts a text that is gone through.</summary>
    public void Look(long length)
    {
        if (length >= OneStep)
            Step(length / OneStep);
    }

    /// <summary>Counts texts that are gone through, perhaps in search of one another.</summary>
    public void Look(object value, Arguments arguments)
    {
        var (length, longest) = (Length(value), 0L);
        foreach (var argument in arguments.Placed)
            longest += Length(argument);
        foreach (var (_, argument) in arguments.Named)
            longest += Length(argument);
        LookFor(length, longest);
    }

    /// <summary>Counts the search for one text in another: each of its places may be like the one sought for long.</summary>
    public void LookFor(long length, long sought) => Look(length + sought + length * (sought / 64));

    private static long Length(object value) => value switch
    {
        string text => text.Length,
        Markup markup => markup.Text.Length,
        _ => 0,
    };

    /// <summary>Counts a text before it is made.</summary>
    public void Text(long length)
    {
        CheckLength(length);
        if ((_characters -= length) < 0)
            throw new TemplateError($"rendering makes texts of more than {limits.Characters} characters in all");
    }

    /// <summary>Ends a text that grows too long.</summary>
    public void CheckLength(long length)
    {
        if (length > limits.TextLength)
            throw new TemplateError($"a text would be longer than {limits.TextLength} characters");
    }

    /// <summary>A text that has been made from others of about its length.</summary>
    public string Made(string text)
    {
        Text(text.Length);
        return text;
    }

    /// <summary>Goes into a macro.</summary>
    public void Enter()
    {
        if (++_depth > limits.Depth)
            throw new TemplateError($"macros call each other more than {limits.Depth} deep");
        CheckStack();
    }

    /// <summary>Comes out of a macro.</summary>
    public void Leave() => _depth--;

    /// <summary>Ends what is nested so deeply that the stack would not hold it.</summary>
    public static void CheckStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateError("it is nested too deeply");
    }

    /// <summary>Refuses whole numbers that cannot be printed.</summary>
    public void Number(double digits)
    {
        if (digits > limits.Digits)
            throw new TemplateError($"a number would have more than {limits.Digits} digits");
    }
}
