using System.Text.RegularExpressions;

namespace Pellucid.Conversations.Calls;

/// <summary>
/// Reads answers whose messages have channels (OpenAI's harmony format): <c>analysis</c> is thought, what goes to a function is a call,
/// all else is said.
/// </summary>
internal sealed partial class ChannelReader(bool hasTools) : AnswerReader
{
    private const string Start = "<|start|>", Channel = "<|channel|>", Message = "<|message|>";

    private static readonly string[] Ends = ["<|end|>", "<|call|>", "<|return|>", Start];
    private static readonly string[] Beginnings = [Start, Channel, "to=", "assistant"];

    private string _held = "", _arguments = "";
    private string? _function;
    private bool _isThought, _isBody;

    /// <summary>Special tokens of the format.</summary>
    public static IReadOnlyCollection<string> Marks { get; } = new HashSet<string>(Ends) { Channel, Message, "<|constrain|>" };

    /// <summary>Those behind which nothing more is written.</summary>
    public static IReadOnlyList<string> LastMarks { get; } = ["<|call|>", "<|return|>"];

    public override void Read(string text)
    {
        _held += text;
        while (_isBody ? ReadBody() : ReadHead())
        {
        }
    }

    public override void End()
    {
        if (_isBody)
        {
            Pass(_held);
            EndMessage();
        }
        else if (_function is null && !IsHead(_held))
            Say(_held);
        _held = "";
    }

    // Such as <|channel|>commentary to=functions.get_time <|constrain|>json<|message|>
    private bool ReadHead()
    {
        var head = _held.TrimStart();
        if (head.Length > 0 && !IsHead(head)) // a model that does not keep to the format only says something
            return Begin(_held, function: null, isThought: false);
        if (_held.IndexOf(Message, StringComparison.Ordinal) is not (>= 0 and var at))
            return false;
        head = _held[..at];
        var recipient = Recipient().Match(head);
        return Begin(_held[(at + Message.Length)..], recipient.Success ? recipient.Groups[1].Value : null,
            head.Contains(Channel + "analysis", StringComparison.Ordinal));
    }

    private bool Begin(string rest, string? function, bool isThought)
    {
        (_held, _function, _isThought, _isBody, _arguments) = (rest, hasTools ? function : null, isThought, true, "");
        return true;
    }

    private bool ReadBody()
    {
        var (first, mark) = (-1, "");
        foreach (var end in Ends)
            if (_held.IndexOf(end, StringComparison.Ordinal) is >= 0 and var at && (first < 0 || at < first))
                (first, mark) = (at, end);
        if (first < 0)
        {
            var kept = Ends.Max(end => Beginning(_held, end));
            Pass(_held[..^kept]);
            _held = _held[^kept..];
            return false;
        }
        Pass(_held[..first]);
        EndMessage();
        _held = _held[(first + (mark == Start ? 0 : mark.Length))..];
        return true;
    }

    private void Pass(string text)
    {
        if (_function is not null)
            _arguments += text;
        else if (_isThought)
            Think(text);
        else
            Say(text);
    }

    private void EndMessage()
    {
        if (_function is { } name)
        {
            if (CallJson.Arguments(_arguments.Length == 0 ? "{}" : _arguments) is { } arguments)
                Call(name, arguments);
            else
                IsBroken = true;
        }
        (_function, _isBody) = (null, false);
    }

    private static bool IsHead(string head) => Beginnings.Any(one => head.StartsWith(one, StringComparison.Ordinal)
        || one.StartsWith(head, StringComparison.Ordinal));

    [GeneratedRegex(@"to=(?:functions\.)?([\w.\-]+)")]
    private static partial Regex Recipient();
}
