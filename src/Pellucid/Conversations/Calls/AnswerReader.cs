using System.Security.Cryptography;
using System.Text;

namespace Pellucid.Conversations.Calls;

/// <summary>
/// Tells apart, while an answer is being written, what is said, what is thought, and which functions are called. A call is told once it
/// is whole; half a call is never text.
/// </summary>
internal abstract class AnswerReader
{
    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// <summary>Characters of a call's id, as some templates count them.</summary>
    public const int IdLength = 9;

    private readonly StringBuilder _text = new(), _thought = new();
    private readonly List<ToolCall> _calls = [];

    /// <summary>Calls so far.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a call broke off, or was no call.</summary>
    public bool IsBroken { get; protected set; }

    /// <summary>More of the answer; special tokens by their names, as far as the format mentions them.</summary>
    public abstract void Read(string text);

    /// <summary>No more comes.</summary>
    public abstract void End();

    /// <summary>What was said since it was last taken.</summary>
    public string TakeText() => Take(_text);

    /// <summary>What was thought since it was last taken.</summary>
    public string TakeThought() => Take(_thought);

    /// <summary>What was called since it was last taken.</summary>
    public IReadOnlyList<ToolCall> TakeCalls()
    {
        if (_calls.Count == 0)
            return [];
        ToolCall[] calls = [.. _calls];
        _calls.Clear();
        return calls;
    }

    protected void Say(string text) => _text.Append(text);

    protected void Think(string text) => _thought.Append(text);

    protected void Call(string name, string arguments)
    {
        Count++;
        _calls.Add(new ToolCall(RandomNumberGenerator.GetString(IdCharacters, IdLength), name, arguments));
    }

    /// <summary>How many of a text's last characters could be the beginning of a mark.</summary>
    protected static int Beginning(string text, string mark)
    {
        for (var length = Math.Min(mark.Length - 1, text.Length); length > 0; length--)
            if (text.AsSpan(text.Length - length).SequenceEqual(mark.AsSpan(0, length)))
                return length;
        return 0;
    }

    private static string Take(StringBuilder from)
    {
        if (from.Length == 0)
            return "";
        var text = from.ToString();
        from.Clear();
        return text;
    }
}
