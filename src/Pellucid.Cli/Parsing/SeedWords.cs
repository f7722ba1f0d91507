using System.Globalization;
using System.Security.Cryptography;

namespace Pellucid.Cli.Parsing;

/// <summary><c>--seed random</c>: a seed is drawn before words are read: all that follows, a run's record too, has a number.</summary>
internal static class SeedWords
{
    private const string Option = "--seed", Drawn = "random";

    /// <summary>The words with a drawn number in the place of <c>random</c>, which is told.</summary>
    public static string[] Draw(string[] words, Action<string> tell)
    {
        var drawn = words.ToArray();
        for (var place = 0; place < words.Length && words[place] != "--"; place++)
        {
            var joined = words[place] is $"{Option}={Drawn}" or $"{Option}:{Drawn}";
            if (!joined && !(place > 0 && words[place] == Drawn && words[place - 1] == Option))
                continue;
            // Of 53 bits, which every reader of JSON keeps.
            var bits = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) >> 11;
            var seed = bits.ToString(CultureInfo.InvariantCulture);
            drawn[place] = joined ? $"{Option}={seed}" : seed;
            tell($"seed {seed}");
        }
        return drawn;
    }
}
