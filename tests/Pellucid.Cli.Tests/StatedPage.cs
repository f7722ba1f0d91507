using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>A page, and a folder in which its commands run; every command must stand on the page.</summary>
internal sealed partial class StatedPage(string path) : IDisposable
{
    private const double Rounded = 0.500001;

    private readonly PellucidProcess _pellucid = new();
    private readonly string _text = File.ReadAllText(Path.Combine(DocumentationTests.Root(), path));

    /// <summary>Puts a file beside the commands, under the name that the page has for it.</summary>
    public void Bring(string source, string name) => File.CreateSymbolicLink(Path.Combine(_pellucid.Folder, name), source);

    /// <summary>Puts the files that the page shows beside the commands.</summary>
    public void BringFiles()
    {
        foreach (var (name, text) in PageCommands.FilesOf(path))
            _pellucid.File(name, text);
    }

    /// <summary>Runs a command of the page, with words behind it where the page says what they change.</summary>
    public JsonElement Run(string command, string more = "")
    {
        var line = command.Replace(" --steps 1", "", StringComparison.Ordinal);
        if (!line.StartsWith("model show", StringComparison.Ordinal))
            Has(line);
        var words = Words().Matches(command + more).Select(word => word.Groups[1].Success ? word.Groups[1].Value : word.Value);
        return _pellucid.Run([.. words, "--json"]).Json;
    }

    /// <summary>Fails unless a command stands on the page.</summary>
    public void Has(string command) => Assert.True(_text.Contains("pellucid " + command, StringComparison.Ordinal)
        || _text.Contains("-- " + command, StringComparison.Ordinal), $"{path} has no command '{command}'");

    /// <summary>Fails unless a sentence of the page, with # in the place of each number, states what was measured.</summary>
    /// <param name="sentence">The sentence.</param>
    /// <param name="elsewhere">How far off it may be on registers of another width than those the page was written on.</param>
    /// <param name="measured">The numbers.</param>
    public void States(string sentence, double elsewhere, params double[] measured)
    {
        var pattern = Regex.Escape(sentence).Replace(@"\#", @"([−\d.,]*\d)", StringComparison.Ordinal);
        var found = Assert.Single(Regex.Matches(_text, pattern));
        for (var i = 0; i < measured.Length; i++)
        {
            var stated = found.Groups[i + 1].Value.Replace('−', '-').Replace(",", "", StringComparison.Ordinal);
            var decimals = stated.Split('.') is [_, var behind] ? behind.Length : 0;
            var slack = Rounded * Math.Pow(10, -decimals) + (Vector512.IsHardwareAccelerated ? 0 : elsewhere);
            Assert.True(Math.Abs(double.Parse(stated, CultureInfo.InvariantCulture) - measured[i]) <= slack,
                string.Create(CultureInfo.InvariantCulture, $"{path} states {stated} where {measured[i]} was measured: {found.Value}"));
        }
    }

    public void Dispose() => _pellucid.Dispose();

    [GeneratedRegex("\"([^\"]*)\"|\\S+")]
    private static partial Regex Words();
}
